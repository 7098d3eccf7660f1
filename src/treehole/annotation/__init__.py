"""Label Studio: what people should see is pushed there, and what they said is pulled."""
