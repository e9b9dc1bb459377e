package taxii

import (
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing"
)

// Limits of a query.
const (
	mostTerms = 100 // of one list
	maxTerm   = 300 // bytes
)

// params are the parameters that each kind of page knows (§5).
var params = map[string][]string{
	sharing.Objects:  {"added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"},
	sharing.Manifest: {"added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"},
	sharing.Object1:  {"added_after", "limit", "next", "match[version]", "match[spec_version]"},
	sharing.Versions: {"added_after", "limit", "next", "match[spec_version]"},
	deletion:         {"match[version]", "match[spec_version]"},
}

// deletion is what taking an object out is called among the kinds of pages.
const deletion = "deletion"

// term is a parameter that is a list.
var termShapes = map[string]*regexp.Regexp{
	"match[id]":           regexp.MustCompile(`^[a-z0-9-]+--[0-9a-fA-F-]{36}$`),
	"match[type]":         regexp.MustCompile(`^[a-z0-9-]{1,250}$`),
	"match[spec_version]": regexp.MustCompile(`^2\.[0-9]$`),
}

// question reads what is asked for. Errors: Invalid, with the parameter that is wrong.
func (s *Server) question(what, collection, object string, v url.Values) (q sharing.Question, err error) {
	q = sharing.Question{Collection: collection, What: what}
	if err := known(what, v); err != nil {
		return q, err
	}
	if q.Filter, err = filter(v); err != nil {
		return q, err
	}
	if object != "" {
		q.Filter.IDs = []string{object}
	}
	if what == sharing.Versions {
		q.Filter.All = true
	}
	q.Filter = q.Filter.Normal()
	if q.Limit, err = limit(v); err != nil || v.Get("next") == "" {
		return q, err
	}
	return s.resume(q, v)
}

// known refuses parameters that this page does not have, and those that come twice.
func known(what string, v url.Values) error {
	for name, values := range v {
		ok := false
		for _, p := range params[what] {
			ok = ok || p == name
		}
		switch {
		case !ok && strings.HasPrefix(name, "match["):
			return problem.New(problem.Invalid, "%s does not narrow this: it takes %s", brief(name), strings.Join(params[what], ", "))
		case ok && len(values) > 1:
			return problem.New(problem.Invalid, "%s comes twice: several values stand in one, with commas", brief(name))
		}
	}
	return nil
}

// resume goes on where a cursor ended. What the query says beside it must be what the cursor was made for.
func (s *Server) resume(q sharing.Question, v url.Values) (sharing.Question, error) {
	c, err := s.open(v.Get("next"))
	if err != nil {
		return q, err
	}
	if c.Collection != q.Collection || c.What != q.What {
		return q, problem.New(problem.Invalid, "next belongs to another page: begin without it")
	}
	filters := false
	for name := range v {
		filters = filters || name == "added_after" || strings.HasPrefix(name, "match[")
	}
	if filters && !reflect.DeepEqual(c.Filter, q.Filter) {
		return q, problem.New(problem.Invalid, "the filters are others than those with which next began: leave them as they were, or begin without next")
	}
	q.Filter, q.After = c.Filter, sharing.Position{Added: c.Added, Seq: c.Seq}
	return q, nil
}

func limit(v url.Values) (int, error) {
	text, ok := v["limit"]
	if !ok {
		return sharing.MaxPage, nil
	}
	n, err := strconv.ParseUint(text[0], 10, 63)
	if err != nil || n == 0 {
		return 0, problem.New(problem.Invalid, "limit is a whole number from 1 on")
	}
	return int(min(n, sharing.MaxPage)), nil //nolint:gosec // at most MaxPage
}

// filter reads added_after and the match parameters.
func filter(v url.Values) (f sharing.Filter, err error) {
	if text := v.Get("added_after"); v.Has("added_after") {
		at, err := moment(text)
		if err != nil {
			return f, problem.New(problem.Invalid, "added_after is no time such as 2026-11-22T17:00:00.000000Z")
		}
		f.AddedAfter = max(sharing.Micros(at), 0)
	}
	for name, into := range map[string]*[]string{"match[id]": &f.IDs, "match[type]": &f.Types, "match[spec_version]": &f.Specs} {
		if *into, err = terms(v, name); err != nil {
			return f, err
		}
	}
	return versions(f, v)
}

// terms reads a list with commas.
func terms(v url.Values, name string) ([]string, error) {
	if !v.Has(name) {
		return nil, nil
	}
	list := strings.Split(v.Get(name), ",")
	if len(list) > mostTerms {
		return nil, problem.New(problem.Invalid, "%s lists more than %d: ask in parts", name, mostTerms)
	}
	for _, t := range list {
		if shape := termShapes[name]; len(t) > maxTerm || shape != nil && !shape.MatchString(t) {
			return nil, problem.New(problem.Invalid, "%s: %q cannot be", name, brief(t))
		}
	}
	return list, nil
}

// versions reads match[version]: last, first, all, or times.
func versions(f sharing.Filter, v url.Values) (sharing.Filter, error) {
	list, err := terms(v, "match[version]")
	if err != nil {
		return f, err
	}
	for _, t := range list {
		switch t {
		case "last":
			f.Last = true
		case "first":
			f.First = true
		case "all":
			f.All = true
		default:
			at, err := moment(t)
			if err != nil {
				return f, problem.New(problem.Invalid, "match[version] is first, last, all or a time, and not %q", brief(t))
			}
			f.At = append(f.At, sharing.Micros(at))
		}
	}
	if f.All && len(list) > 1 {
		return f, problem.New(problem.Invalid, "match[version]=all stands alone")
	}
	return f, nil
}

// moment reads a time (§3.1 timestamp) with what it has of microseconds. What is finer is cut off. A plus that came as a blank is read as one.
func moment(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+"))
	if err == nil && (at.Year() < 1 || at.Year() > 9999) {
		err = problem.New(problem.Invalid, "no time")
	}
	return at.UTC().Truncate(time.Microsecond), err
}

func brief(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
