package delivery

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/firehall/firehall/internal/release"
)

// sealOf binds a composed message to the decisions that let it out: whom it goes to and under which label, what names it, where it may be
// stopped, and each of its bytes. A permit says that something may go to somebody; this says that it is that which goes.
func (s *Service) sealOf(decision string, r Ready) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, s.secret[:])
	d := r.Draft
	for _, part := range []string{
		decision, release.ContactDigest(d.To), d.ID, d.ToName, d.Label.String(), strings.Join(d.Feeds, "\x00"), r.Channel, r.MessageID, r.Subject,
		r.ReturnPath, r.Domain, string(r.Bytes),
	} {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // a hash takes everything
		_, _ = h.Write([]byte(part))
	}
	h.Sum(sum[:0])
	return sum
}
