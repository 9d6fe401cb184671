"""Sets documents as PDF: Typst templates, fonts of our own, data that is never read as markup."""
