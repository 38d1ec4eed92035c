"""What would be found in a recording: effects of known kind and size, planted into its own noise, and tested."""
