// Package evidence keeps files that came to the team so that they hold before a court: unaltered, unreadable to others, with a list of who had them.
//
// An item is stored under a name that its content decides (a keyed digest), encrypted by age to the vault's own key, which lies in the keyring.
// Nothing is unpacked, previewed or executed. Each act on an item is a line of its custody. What is suspected to show the abuse of
// children is quarantined: it is not given out at all, and only where it was found is told.
package evidence

import "time"

// Item is a file in the vault.
type Item struct {
	ID          string    `json:"id"`
	About       string    `json:"about"`      // id of the report, incident or message that it came with
	Name        string    `json:"name"`       // as it came, cleaned
	MediaType   string    `json:"media_type"` // as it was said to be: nobody looked
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"` // of the file as it came; "" while it is quarantined
	Quarantined bool      `json:"quarantined,omitempty"`
	Added       time.Time `json:"added"`
}

// Custody is a line of an item's chain.
type Custody struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Act    string    `json:"act"` // received, read, exported, quarantined, erased
	Reason string    `json:"reason,omitempty"`
	SHA256 string    `json:"sha256,omitempty"`
}
