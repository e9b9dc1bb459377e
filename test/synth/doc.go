// Package synth holds the synthetic data of internal/demo against the rooms that read it: what the demonstration says of itself must be
// what the decoders and the register find.
package synth
