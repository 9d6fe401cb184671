"""Health and safety assessments: venues, dates with places, bookings and their results (A5)."""
