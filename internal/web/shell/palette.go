package shell

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Hit is one thing that the command palette found.
type Hit struct {
	Text string
	Note string
	Href string
	Icon string
	Kind string // what it is, in the reader's language
}

// Finder answers the command palette with a few hits, the best first. It is asked at each key, so it must be quick.
type Finder func(ctx context.Context, r *Request, q string) ([]Hit, error)

// Palette adds a finder to the command palette.
func (s *Shell) Palette(f Finder) { s.finders = append(s.finders, f) }

const (
	palettePath = "/palette"
	paletteMax  = 200 // bytes of a question
	paletteHits = 6   // of one finder
)

// palette answers what somebody typed: a list for htmx, else a page of its own.
func (s *Shell) palette(w http.ResponseWriter, r *Request) error {
	q := strings.TrimSpace(r.FormValue("q"))
	if len(q) > paletteMax {
		q = strings.ToValidUTF8(q[:paletteMax], "")
	}
	hits := s.find(r, q)
	if r.HX() {
		return s.Fragment(w, r, paletteHitList(hits, q))
	}
	return s.Page(w, r, Page{Title: r.T("shell.palette.title"), Body: palettePage(hits, q)})
}

// find asks all finders. One that fails is logged, and the others' hits are shown.
func (s *Shell) find(r *Request, q string) (hits []Hit) {
	for _, f := range append([]Finder{s.findLookup, s.findPage}, s.finders...) {
		found, err := f(r.Context(), r, q)
		if err != nil {
			s.o.Log.WarnContext(r.Context(), "a finder of the palette failed", "request", r.ID, "error", err)
		}
		hits = append(hits, found[:min(len(found), paletteHits)]...)
	}
	return hits
}

// findPage finds pages and commands by their names.
func (s *Shell) findPage(_ context.Context, r *Request, q string) (hits []Hit, _ error) {
	for _, entry := range s.nav("") {
		name := r.T("shell.nav." + entry.Name)
		if matches(name, q) {
			hits = append(hits, Hit{Text: name, Note: "g " + entry.Key, Href: entry.Path, Icon: entry.Icon, Kind: r.T("shell.palette.page")})
		}
	}
	return hits, nil
}

// matches reports whether a word of name begins with q.
func matches(name, q string) bool {
	name, q = strings.ToLower(name), strings.ToLower(q)
	return q == "" || strings.HasPrefix(name, q) || strings.Contains(name, " "+q)
}

var (
	asnLike    = regexp.MustCompile(`(?i)^as[0-9]{1,10}$`)
	domainLike = regexp.MustCompile(`(?i)^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$`)
	urlLike    = regexp.MustCompile(`(?i)^h(tt|xx)ps?://[^\s]+$`)
)

// findLookup offers to look up what looks like an address, a network, an ASN, a domain or a URL.
func (s *Shell) findLookup(_ context.Context, r *Request, q string) ([]Hit, error) {
	if !s.has("/lookup") || !asset(q) {
		return nil, nil
	}
	href := "/lookup?" + url.Values{"q": {q}}.Encode()
	return []Hit{{Text: q, Note: r.T("shell.palette.everything"), Href: href, Icon: "search", Kind: r.T("shell.nav.lookup")}}, nil
}

func asset(q string) bool {
	if _, err := netip.ParseAddr(q); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(q); err == nil {
		return true
	}
	return asnLike.MatchString(q) || domainLike.MatchString(q) || urlLike.MatchString(q)
}
