"""Which language a message is written in, and what its words mean in English. A language is files: data/i18n."""
