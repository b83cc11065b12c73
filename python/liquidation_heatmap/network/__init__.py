"""What talks to the exchange: its public archive, its REST interface and its streams. Reading only, no account."""
