package keyring

import (
	"crypto/ed25519"
	"errors"
	"io/fs"
)

// auditSecret is the purpose of the key that signs checkpoints of the audit record: a seed of 32 bytes (RFC 8032 §5.1.5), kept like every secret.
const auditSecret = "audit"

// Audit returns the key that signs checkpoints of the audit record, and makes it where there is none.
func (r *Ring) Audit() (ed25519.PrivateKey, error) {
	seed, err := r.Secret(auditSecret)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// AuditPublic returns the public side of that key, nil where there is none: who verifies must not make one.
func (r *Ring) AuditPublic() (ed25519.PublicKey, error) {
	text, err := r.read(auditSecret + ".key")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	seed, err := readSecret(text)
	if err != nil {
		return nil, r.damaged(auditSecret+".key", err)
	}
	public, _ := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	return public, nil
}
