"""The rules: mentions in, levels and their derivations out, by SWI-Prolog."""
