package release

import "github.com/firehall/firehall/internal/release/redact"

// Sensitivity says what kinds of fields something holds, as bits.
type Sensitivity = redact.Sensitivity

// The kinds of fields.
const (
	Who       = redact.Who       // who reported it
	Victim    = redact.Victim    // whom it happened to
	Internal  = redact.Internal  // the team's own: notes, names, tickets
	Technical = redact.Technical // what everybody who acts on it needs
)
