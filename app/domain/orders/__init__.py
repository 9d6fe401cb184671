"""Orders, payments, receipts and invoices."""
