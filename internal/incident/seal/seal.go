// Package seal names platform/seal for this room.
package seal

import "github.com/firehall/firehall/internal/platform/seal"

// Secret, Sealer, Key and New are those of platform/seal.
const Secret = seal.Secret

type (
	// Sealer is seal.Sealer.
	Sealer = seal.Sealer
	// Key is seal.Key.
	Key = seal.Key
)

// New is seal.New.
func New(secret [32]byte) (*Sealer, error) { return seal.New(secret) }
