// Package jobs is the queue of work that must be done once, whoever does it.
package jobs
