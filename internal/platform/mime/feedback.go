package mime

import (
	"encoding/json"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
)

// Feedback is a report made for machines, as its sender wrote it.
type Feedback struct {
	Format     AutoKind // ARF or XARF
	Type       string   // "abuse" (RFC 5965 §3.1), or "category/type" of X-ARF, in small letters
	Class      rsit.Type
	SourceIP   netip.Addr // the zero address if not told
	SourcePort uint16
	Domain     string   // reported, first of Domains
	Domains    []string // all that are reported
	URL        string   // reported, first of URLs
	URLs       []string
	Date       time.Time         // when it was seen; zero if not told
	Reporter   string            // the reporting organisation or program
	OriginalID string            // Message-ID of the mail complained of
	Fields     map[string]string // every other field that was told, names in small letters with underscores
	XARF       json.RawMessage   // the X-ARF document, nil for ARF; without its evidence and _internal
	// Abhorrent marks a report of child sexual abuse (X-ARF content/csam, content/csem): nothing of it is fetched, previewed, copied or passed
	// on but the place that it names.
	Abhorrent bool
}

// Status is a delivery status notification (RFC 3464).
type Status struct {
	ReportingMTA string
	Recipients   []Group // the fields of each recipient
}
