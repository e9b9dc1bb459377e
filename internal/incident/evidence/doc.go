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
	SHA1        string    `json:"sha1,omitempty"`
	MD5         string    `json:"md5,omitempty"`
	Source      Source    `json:"source,omitzero"`
	Malicious   bool      `json:"malicious,omitempty"` // somebody says so: it leaves packed with a password, or encrypted
	Quarantined bool      `json:"quarantined,omitempty"`
	Erased      bool      `json:"erased,omitempty"`
	Added       time.Time `json:"added"`
	Step        int64     `json:"step"`           // entries of its custody
	Head        string    `json:"head,omitempty"` // hash of the last of them

	address string
}

// Source says how an item was obtained.
type Source struct {
	How       string    `json:"how,omitempty"` // "copied from the mail gateway's quarantine"
	Who       string    `json:"who,omitempty"` // collected it
	Collected time.Time `json:"collected,omitzero"`
}

// Act is what was done with an item.
type Act string

// The acts.
const (
	Received    Act = "received"
	Read        Act = "read"     // its content was given out
	Exported    Act = "exported" // with its chain, to somebody
	HandedOver  Act = "handed"   // to an agency, by people
	Marked      Act = "marked"   // as malicious, or as not
	Damaged     Act = "damaged"  // what lies on the disk is not what came: it was refused
	Quarantined Act = "quarantined"
	Erased      Act = "erased"
)

// Custody is an entry of an item's chain.
type Custody struct {
	Step     int64     `json:"step"` // from 1 on
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Act      Act       `json:"act"`
	Reason   string    `json:"reason,omitempty"`
	To       string    `json:"to,omitempty"` // whom it was given to
	Previous string    `json:"previous"`     // hash of the entry before
	Hash     string    `json:"hash"`         // SHA-256 of Line

	content string // keyed digest of the file, in the entry that received it
	stored  string // the hash that was written down; "" of entries of before there was a chain
}
