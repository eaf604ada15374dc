"""What the bot is made of: pins with hashes, licences, known vulnerabilities."""
