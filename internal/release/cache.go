package release

import (
	"crypto/sha256"
	"sync"
)

// cacheSize is how many decisions a generation of the cache holds; two generations are kept, some 20 MB.
const cacheSize = 16 << 10

// cache remembers recorded decisions. When a generation is full the one before it is forgotten.
type cache struct {
	mu       sync.Mutex
	now, old map[[sha256.Size]byte]Decision
}

func newCache() *cache { return &cache{now: map[[sha256.Size]byte]Decision{}} }

func (c *cache) get(key [sha256.Size]byte) (Decision, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok := c.now[key]; ok {
		return d, true
	}
	d, ok := c.old[key]
	if ok {
		c.add(key, d)
	}
	return d, ok
}

func (c *cache) put(key [sha256.Size]byte, d Decision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key, d)
}

func (c *cache) add(key [sha256.Size]byte, d Decision) {
	if len(c.now) >= cacheSize {
		c.now, c.old = make(map[[sha256.Size]byte]Decision, cacheSize), c.now
	}
	c.now[key] = d
}
