package release

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/constituency"
)

// keysSize is how many keys are remembered.
const keysSize = 4 << 10

// keys remembers what is wrong with keys: to read one takes longer than all other facts together.
type keys struct {
	mu   sync.Mutex
	seen map[keyAt]string
}

// keyAt is a key in a minute: a key ends at some second, and a minute later everybody knows.
type keyAt struct {
	sum    [sha256.Size]byte
	minute int64
}

func newKeys() *keys { return &keys{seen: map[keyAt]string{}} }

// trouble says why nothing can be encrypted to a key, "" if it can be.
func (k *keys) trouble(armoured string, now time.Time) string {
	at := keyAt{sha256.Sum256([]byte(armoured)), now.Unix() / 60}
	k.mu.Lock()
	defer k.mu.Unlock()
	if text, ok := k.seen[at]; ok {
		return text
	}
	text := ""
	if err := constituency.KeyUsable(armoured, now); err != nil {
		text = err.Error()
	}
	if len(k.seen) >= keysSize {
		clear(k.seen)
	}
	k.seen[at] = text
	return text
}
