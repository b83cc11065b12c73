"""What reads from the exchange: from its public archive, its REST interface and its streams. No account is needed."""
