package app

// dedupeSecret names the installation's key for recognising rows that were seen before.
const dedupeSecret = "dedupe"
