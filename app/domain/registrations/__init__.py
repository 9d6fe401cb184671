"""Registrations of apprentices and trainees, their stages and card applications."""
