"""The rescue team's pages, served: sign-in, the cases, and what the team does with them."""
