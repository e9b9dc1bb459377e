package notification

import (
	"math/bits"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/release"
)

// facts are everything that a plan depends on.
type facts struct {
	now       time.Time
	rules     rules
	due       []due // without informational reports
	parties   map[string]*party
	sources   map[int]finding.Source
	approvals map[approved]bool
	told      map[topic]time.Time // when an organisation was told of a class last
	usual     map[pair][]int64    // findings of the last messages
	threads   map[pair]thread
	text      *message.Renderer
}

// due is findings of one organisation that are to be told and share everything that decides.
type due struct {
	organisation, class string
	sources             uint64 // bits
	findings, events    int64
	told                bool // the owner of some was told before
}

// topic is an organisation and a class.
type topic struct{ organisation, class string }

// pair is an organisation that findings are of, and a contact that is told of them.
type pair struct{ organisation, contact string }

// approved is a thing that a person approved: a kind and its value.
type approved struct{ kind, value string }

// party is an organisation that findings are of, and who would be told.
type party struct {
	id, name   string
	recipients []*recipient
	none       string // why nobody can be told, where recipients is empty
	next       string // the organisation that a person's word could let be told instead
}

// recipient is one contact, and what release says of each source for it.
type recipient struct {
	contact  constituency.Contact
	of       constituency.Organisation
	chain    string // own, grant
	verdicts map[int]verdict
}

// verdict is what release says about findings of one source for one recipient.
type verdict struct {
	allowed bool
	reason  string
	label   tlp.Label
	under   release.Handling
	permit  release.Permit // of a decision; none of a preview
}

// thread is the correspondence with a contact.
type thread struct {
	ticket      string
	first, last string // Message-IDs
	at          time.Time
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

// handling is what may be done with a message that shows the sources.
func (r *recipient) handling(sources uint64) (h release.Handling) {
	for bit := range eachBit(sources) {
		h = h.With(r.verdicts[bit].under)
	}
	return h
}

// permit is the permit for a message that shows the sources.
func (r *recipient) permit(sources uint64) (release.Permit, error) {
	var all []release.Permit
	for bit := range eachBit(sources) {
		all = append(all, r.verdicts[bit].permit)
	}
	return release.Merge(all...)
}

// known is the bits of sources whose feeds were approved.
func (f *facts) known() (mask uint64) {
	for bit, s := range f.sources {
		if f.approvals[approved{ApprovedFeed, s.Feed}] {
			mask |= 1 << bit
		}
	}
	return mask
}

// feedsOf names the feeds of sources, each once, in the order of their bits.
func (f *facts) feedsOf(sources uint64) (names []string) {
	return f.wordsOf(sources, func(s finding.Source) string { return s.Feed })
}

// attributionsOf are the words by which recipients are told where observations of the sources come from.
func (f *facts) attributionsOf(sources uint64) []string {
	return f.wordsOf(sources, func(s finding.Source) string { return s.Attribution })
}

func (f *facts) wordsOf(sources uint64, word func(finding.Source) string) (list []string) {
	seen := map[string]bool{}
	for bit := range eachBit(sources) {
		if w := word(f.sources[bit]); w != "" && !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	return list
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
	for bit, s := range f.sources {
		if strings.EqualFold(s.Feed, feed) {
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
