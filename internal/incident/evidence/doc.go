// Package evidence keeps files that came to the team so that they hold before a court: unaltered, unreadable to others, with a list of who had them.
//
// A file is stored under a name that its content decides (a keyed digest, so that nobody can look for a known file by name), encrypted by age to
// the vault's own key, which is made of a secret of the keyring. Nothing is unpacked, previewed or executed, so that a zip bomb is a small file.
// Each act on an item is a line of its custody. What is suspected to show the abuse of children is quarantined: it is neither opened nor given
// out, and not even its digest is told.
package evidence

import "time"

// Item is a file in the vault.
type Item struct {
	ID          string    `json:"id"`
	About       string    `json:"about"`      // id of the report, incident or message that it came with
	Parent      string    `json:"parent"`     // id of the report or incident whose reader may see it
	Name        string    `json:"name"`       // as it came, cleaned
	MediaType   string    `json:"media_type"` // as it was said to be: nobody looked
	Size        int64     `json:"size"`       // bytes
	SHA256      string    `json:"sha256"`     // of the file as it came; "" while it is quarantined
	Quarantined bool      `json:"quarantined,omitempty"`
	Erased      bool      `json:"erased,omitempty"`
	Added       time.Time `json:"added"`

	address string
}

// Act is what was done with an item.
type Act string

// The acts.
const (
	Received    Act = "received"
	Read        Act = "read" // its content was given out
	Quarantined Act = "quarantined"
	Erased      Act = "erased"
)

// Custody is a line of an item's chain.
type Custody struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Act    Act       `json:"act"`
	Reason string    `json:"reason,omitempty"`
}
