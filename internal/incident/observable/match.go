package observable

import (
	"context"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MostMatches is up to where matches of one value are listed and counted.
const MostMatches = 100

// hit is a match as it is found: its value stays sealed.
type hit struct {
	record
	body []byte
	why  Why
}

// search looks for what matches a value: each step is one way in which it can.
type search struct {
	s     *Service
	tx    *sqldb.Tx
	v     value
	q     query // what all matches have to meet
	limit int
	even  bool // what a warning list speaks against is found too, by itself alone
	known map[string]bool
	hits  []hit
}

// newSearch looks among the observables of the incidents that see lets pass, save those of some incidents. It finds at most limit.
func (s *Service) newSearch(tx *sqldb.Tx, v value, see func(alias string, first int) (string, []any), but []string, limit int) *search {
	x := &search{s: s, tx: tx, v: v, limit: limit, known: map[string]bool{}}
	x.q.and("o.removed = 0")
	x.q.with(see, "i")
	if len(but) > 0 {
		args := make([]any, len(but))
		for i, id := range but {
			args[i] = id
		}
		x.q.and("o.incident NOT IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(but)), ", ")+")", args...)
	}
	return x
}

// run takes the steps until there are enough.
func (x *search) run() ([]hit, error) {
	if quiet(x.v.listed) {
		if !x.even {
			return nil, nil
		}
		err := x.same()
		return x.hits, err
	}
	x.q.and("o.quiet = 0")
	for _, step := range []func() error{x.same, x.around, x.below, x.inside, x.neighbours} {
		if len(x.hits) >= x.limit {
			break
		}
		if err := step(); err != nil {
			return nil, err
		}
	}
	return x.hits, nil
}

const (
	ofMarks = `SELECT ` + columns + ` FROM observable o JOIN incident i ON i.id = o.incident WHERE `
	ofAbove = `SELECT ` + columns + ` FROM observable_above a JOIN observable o ON o.id = a.observable JOIN incident i ON i.id = o.incident WHERE `
)

// find adds what a query finds; why says why, "" that it is no match.
func (x *search) find(query string, args []any, why func(r *record) Why) error {
	args = append(args, x.limit-len(x.hits))
	return x.tx.Each(query+" LIMIT $"+strconv.Itoa(len(args)), args, func(next func(...any) error) error {
		r, sealed, err := row(next)
		if err != nil || x.known[r.ID] {
			return err
		}
		if w := why(&r); w != "" {
			x.known[r.ID] = true
			x.hits = append(x.hits, hit{r, sealed, w})
		}
		return nil
	})
}

func always(w Why) func(*record) Why { return func(*record) Why { return w } }

// same finds the same value, the latest first.
func (x *search) same() error {
	q := x.q.copy()
	q.and("o.mark = ?", x.s.markOf(x.v))
	return x.find(ofMarks+q.String()+" ORDER BY o.id DESC", q.args, always(Same))
}

// around finds the networks, the host and the domains in which the value lies.
func (x *search) around() error {
	list := append(x.v.above(), networks(x.v.net(), 1, 1)...)
	if len(list) == 0 {
		return nil
	}
	q := x.q.copy()
	q.in("o.mark", x.s.marks(list))
	host := x.s.mark(indicator.Domain, x.v.host)
	return x.find(ofMarks+q.String(), q.args, func(r *record) Why {
		switch {
		case r.Kind == indicator.CIDR:
			return Contains
		case r.Kind == indicator.IP, r.mark == host && x.v.kind == indicator.URL:
			return Host
		case r.mark == host && x.v.kind == indicator.Email:
			return MailDomain
		}
		return Above
	})
}

// below finds what lies in the value by name; of what is sealed, by network too.
func (x *search) below() error {
	var list []place
	switch x.v.kind {
	case indicator.Domain, indicator.IP:
		list = []place{{x.v.kind, x.v.text}}
	case indicator.CIDR:
		list = asked(x.v.net())
	default:
		return nil
	}
	q := x.q.copy()
	q.in("a.mark", x.s.marks(list))
	return x.find(ofAbove+q.String()+" ORDER BY a.observable DESC", q.args, func(r *record) Why {
		switch {
		case x.v.kind == indicator.CIDR:
			return Within
		case r.Kind == indicator.URL:
			return OnHost
		case r.Kind == indicator.Email:
			return AtDomain
		}
		return Below
	})
}

// inside finds the addresses in a network among those that stand in clear.
func (x *search) inside() error {
	if x.v.kind != indicator.CIDR {
		return nil
	}
	q := x.q.copy()
	low, high := span(x.v.net())
	q.and("o.low >= ? AND o.low <= ? AND o.low <> ''", low, high)
	own := x.s.markOf(x.v)
	return x.find(ofMarks+q.String()+" ORDER BY o.low", q.args, func(r *record) Why {
		p := value{kind: r.Kind, text: r.Value}.net()
		if r.mark == own || r.Kind == indicator.CIDR && p.Bits() <= x.v.net().Bits() { // it begins at the same address, and is larger
			return ""
		}
		return Within
	})
}

// neighbours finds other URLs on the same host.
func (x *search) neighbours() error {
	if x.v.kind != indicator.URL {
		return nil
	}
	list := x.v.above()
	if len(list) == 0 {
		return nil
	}
	q := x.q.copy()
	q.and("a.mark = ? AND o.kind = ?", x.s.mark(list[0].kind, list[0].value), string(indicator.URL))
	return x.find(ofAbove+q.String()+" ORDER BY a.observable DESC", q.args, always(SameHost))
}

// opener gives an incident within sight.
type opener func(incident string) (*incident.Inside, error)

// matches runs a search and opens what it finds. more: there are others beyond MostMatches.
func (x *search) matches(open opener) (list []Match, more bool, err error) {
	hits, err := x.run()
	if err != nil {
		return nil, false, err
	}
	if more = len(hits) > MostMatches; more {
		hits = hits[:MostMatches]
	}
	for i := range hits {
		m, err := hits[i].match(open)
		if problem.Is(err, problem.NotFound) {
			continue // of an incident that belongs to one that is not within sight
		}
		if err != nil {
			return nil, false, err
		}
		list = append(list, m)
	}
	return list, more, nil
}

// match opens a hit.
func (h *hit) match(open opener) (Match, error) {
	in, err := open(h.Incident)
	if err != nil {
		return Match{}, err
	}
	if err := h.open(in, h.body); err != nil {
		return Match{}, err
	}
	return Match{
		Observable: h.ID, Incident: in.ID, Ref: in.Ref, Title: in.Title, Stage: in.Stage, Restricted: in.Restricted, Kind: h.Kind, Value: h.Value, Role: h.Role,
		TLP: h.TLP, PAP: h.PAP, Why: h.why, Added: h.Added,
	}, nil
}

// Found is what is known of a value.
type Found struct {
	Kind    Kind     `json:"kind"`
	Value   string   `json:"value"`            // as it was understood
	Listed  []string `json:"listed,omitempty"` // codes of the warning lists that it is on
	Quiet   bool     `json:"quiet,omitempty"`  // so that it matches nothing
	Matches []Match  `json:"matches"`
	More    bool     `json:"more,omitempty"` // beyond MostMatches
}

// Search finds the observables that are a value or have to do with it, in all incidents that the actor sees. Errors: Invalid for what is no value.
func (s *Service) Search(ctx context.Context, actor identity.Actor, kind Kind, text string) (out Found, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	v, err := read(kind, text)
	if err != nil {
		return out, err
	}
	err = s.o.Incidents.Across(ctx, actor, OpRead, func(tx *sqldb.Tx, sight incident.Sight, open func(string) (*incident.Inside, error)) error {
		out = Found{Kind: v.kind, Value: v.text, Listed: v.listed, Quiet: quiet(v.listed), Matches: []Match{}}
		x := s.newSearch(tx, v, sight.Incidents, nil, MostMatches+1)
		x.even = true
		list, more, err := x.matches(open)
		out.Matches, out.More = append(out.Matches, list...), more
		return err
	})
	return out, err
}
