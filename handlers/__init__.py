"""What is asked of the bot: one module per capability, registered here in the order in which Bolt tries them."""
