"""The packet manager: takes what civil registration sends and makes a packet of it, or says nothing."""
