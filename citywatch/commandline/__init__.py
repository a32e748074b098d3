"""What commands share: their options, what a person types, what is printed, the store opened and closed."""
