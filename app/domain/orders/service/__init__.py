"""Changes to orders: purchases, payments, bank receipts, invoices."""
