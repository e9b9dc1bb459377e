package constituency

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// stamp names what a plan changes of the register in one state: who looked at a
// preview gets exactly that, or nothing. The changes stand in it besides the
// register's version, since a contact's health changes without raising it.
func stamp(s registerState, p *plan) string {
	if s.version == 0 {
		s.register = "" // nothing was ever written, whether or not somebody has asked for the right to
	}
	h := sha256.New()
	enc := json.NewEncoder(h) // neither writing to a hash nor encoding texts fails
	_ = enc.Encode([]string{s.register, strconv.FormatInt(s.version, 10)})
	if p != nil {
		_ = enc.Encode(p.changes)
		_ = enc.Encode(p.rejected)
	}
	return hex.EncodeToString(h.Sum(nil))
}
