"""Tests of the networks' features."""
