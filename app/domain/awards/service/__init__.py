"""Changes to awards and documents: made, issued, ended, printed."""
