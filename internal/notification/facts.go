package notification

import (
	"math/bits"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

// facts are everything that a plan depends on.
type facts struct {
	now       time.Time
	rules     rules
	due       []due // without informational reports
	parties   map[string]party
	feeds     map[int]string // of source bits
	approvals map[approved]bool
	told      map[topic]time.Time // when an organisation was told of a class last
	usual     map[string][]int64  // by contact and organisation: findings of the last messages
	withheld  map[string]string   // by organisation: what was found odd when its message was composed today
}

// due is findings of one organisation that are to be told and share everything that decides.
type due struct {
	organisation, class string
	sources             uint64 // bits
	findings, events    int64
}

// topic is an organisation and a class.
type topic struct{ organisation, class string }

// approved is a thing that a person approved: a kind and its value.
type approved struct{ kind, value string }

// party is an organisation that findings are of, and who would be told.
type party struct {
	name       string
	recipients []recipient
	none       string // why nobody can be told, where recipients is empty
	advice     string // whom a person could let be told, and how
}

// recipient is one contact, and what release says of each source for it.
type recipient struct {
	contact, address, channel string
	chain                     string // own, grant
	verdicts                  map[int]verdict
}

// verdict is what release says about findings of one source for one recipient.
type verdict struct {
	allowed bool
	reason  string
	label   tlp.Label
}

// allowed is the bits of sources that the recipient may be told.
func (r *recipient) allowed() (mask uint64) {
	for bit, v := range r.verdicts {
		if v.allowed {
			mask |= 1 << bit
		}
	}
	return mask
}

// refusal is why none of the sources may be told.
func (r *recipient) refusal(sources uint64) string {
	for bit := range eachBit(sources) {
		if v, ok := r.verdicts[bit]; ok && !v.allowed {
			return v.reason
		}
	}
	return "nothing is known of the terms under which this came"
}

// strictest is the label of a message that shows the sources.
func (r *recipient) strictest(sources uint64) (label tlp.Label) {
	for bit := range eachBit(sources) {
		label = max(label, r.verdicts[bit].label)
	}
	return label
}

// known is the bits of sources whose feeds were approved.
func (f *facts) known() (mask uint64) {
	for bit, feed := range f.feeds {
		if f.approvals[approved{ApprovedFeed, feed}] {
			mask |= 1 << bit
		}
	}
	return mask
}

// feedsOf names the feeds of sources, each once, in the order of their bits.
func (f *facts) feedsOf(sources uint64) (names []string) {
	seen := map[string]bool{}
	for bit := range eachBit(sources) {
		if name := f.feeds[bit]; name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// within leaves the facts that a filter asks about.
func (f *facts) within(o PlanOptions) {
	kept := f.due[:0]
	for _, d := range f.due {
		if o.Organisation != "" && d.organisation != o.Organisation && !strings.EqualFold(f.parties[d.organisation].name, o.Organisation) {
			continue
		}
		if o.Class != "" && !strings.EqualFold(d.class, o.Class) {
			continue
		}
		if o.Feed != "" && d.sources&f.bitsOf(o.Feed) == 0 {
			continue
		}
		kept = append(kept, d)
	}
	f.due = kept
}

func (f *facts) bitsOf(feed string) (mask uint64) {
	for bit, name := range f.feeds {
		if strings.EqualFold(name, feed) {
			mask |= 1 << bit
		}
	}
	return mask
}

// eachBit yields the numbers of the bits set, the lowest first.
func eachBit(mask uint64) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for ; mask != 0; mask &= mask - 1 {
			if !yield(bits.TrailingZeros64(mask)) {
				return
			}
		}
	}
}
