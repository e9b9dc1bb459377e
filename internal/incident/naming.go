package incident

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
)

// mostNaming bounds the words of a value that reports are searched for: the first say most of it.
const mostNaming = 8

// Naming is the query for the reports that name a value: an address, a network, a URL, a name, a hash. "" where the value holds no word.
func Naming(value string) string {
	var list []string
	add := func(w string) {
		if w = strings.Trim(w, ".-_@+:"); len(w) >= minWord && !slices.Contains(list, w) && len(list) < mostNaming {
			list = append(list, w)
		}
	}
	for run := range strings.FieldsFuncSeq(strings.ToLower(value), func(r rune) bool { return !inWord(r) && !joins(r) }) {
		run = strings.TrimFunc(run, joins)
		if _, err := netip.ParseAddr(run); err == nil {
			add(run) // the index has an address as one word
			continue
		}
		for w := range strings.SplitSeq(run, ":") {
			add(w)
		}
	}
	return strings.Join(list, " ")
}

// ReportsNaming gives the first reports within the actor's sight that name a value, in the order of the queue. Errors: Forbidden.
func (s *Service) ReportsNaming(ctx context.Context, actor identity.Actor, value string, limit int) (out page.Page[Row], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	q := Naming(value)
	if q == "" {
		return out, nil
	}
	return s.Reports(ctx, actor, Filter{Query: q, Request: page.Request{Limit: limit}})
}
