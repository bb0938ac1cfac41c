"""The model component: a GGUF served with continuous batching behind an OpenAI-compatible HTTP face."""
