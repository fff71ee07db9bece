"""The work that the bridge owes: what to call next, what an answer means, who does it, and when again."""
