package warninglist

import (
	_ "embed" // the lists
	"sync"
)

//go:embed lists/empty-hashes.txt
var emptyText string

//go:embed lists/common-hashes.txt
var commonText string

var (
	emptyHashes  = sync.OnceValue(func() map[string]bool { return set(emptyText) })
	commonHashes = sync.OnceValue(func() map[string]bool { return set(commonText) })
)

// Hash returns the lists that a hash in lower-case hexadecimal is on.
func Hash(hex string) []string {
	switch {
	case emptyHashes()[hex]:
		return []string{string(EmptyHash)}
	case commonHashes()[hex]:
		return []string{string(CommonHash)}
	}
	return nil
}
