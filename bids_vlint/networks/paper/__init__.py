"""Networks of the published study that no library has: SLIP's, ALBEF's and BLIP's kind, and region features."""
