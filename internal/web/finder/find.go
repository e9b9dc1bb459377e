package finder

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/web/public"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/words"
)

// view is what stands in the layout.
type view struct {
	Title  string
	Team   string
	Lang   words.Lang
	Path   string
	Query  string // kept when the language is changed
	Report bool
	About  bool
	Status int
	Body   templ.Component
}

// T is words.T for the templates.
var T = words.T

// layout puts a page into what stands around all of them.
func layout(v view) templ.Component {
	q := url.Values{"lang": {string(public.Other(v.Lang))}}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	p := public.Page{
		Title: v.Title, Team: v.Team, Lang: v.Lang, Found: true, Language: templ.SafeURL(v.Path + "?" + q.Encode()), Body: v.Body,
		Links: []public.Link{{Key: "finder.title", Href: Path}},
	}
	if v.Report {
		p.Links = append(p.Links, public.Link{Key: "report.again", Href: "/report"})
	}
	if v.About {
		p.Links = append(p.Links, public.Link{Key: "finder.about.link", Href: aboutPath})
	}
	return public.Around(p)
}

// show answers with a page of ours. It renders before it sends, so that a failure half-way can still become an error.
func (p *page) show(w http.ResponseWriter, r *shell.Request, v view) error {
	v.Lang, v.Path, v.Team, v.Report, v.About = r.Lang, r.URL.Path, p.o.Team, p.o.Report, p.o.About != nil
	if strings.HasPrefix(v.Path, confirmPath) && v.Status == http.StatusNotFound {
		v.Path = Path
	}
	var b strings.Builder
	if err := layout(v).Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(v.Status)
	_, _ = w.Write([]byte(b.String())) // the reader may have left
	return nil
}

// found is the page of an answer.
type found struct {
	team.Answer
	Name   string // of our team
	Email  string
	Report bool
	Lang   words.Lang
	Long   bool // what was asked is too long to be understood
}

// longest is the longest question, in bytes.
const longest = 500

// find answers who the team is for what stands in q.
func (p *page) find(w http.ResponseWriter, r *shell.Request) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	f := found{Name: p.o.Team, Email: p.o.Email, Report: p.o.Report, Lang: r.Lang}
	if len(q) > longest {
		f.Long, f.Question = true, strings.ToValidUTF8(q[:longest], "")
		return p.show(w, r, view{Title: r.T("finder.title"), Status: http.StatusUnprocessableEntity, Body: findPage(f)})
	}
	answer, err := p.o.Find(r.Context(), q)
	if err != nil {
		return err
	}
	f.Answer = answer
	title := r.T("finder.title")
	if q != "" {
		title = answer.Question + " · " + title
	}
	return p.show(w, r, view{Title: title, Status: http.StatusOK, Query: q, Body: findPage(f)})
}

// country is a country's name in the page's language.
func (f found) country() string { return countryName(f.Lang, f.Country) }

func countryName(l words.Lang, c constituency.Country) string {
	region, err := language.ParseRegion(string(c))
	if err != nil {
		return string(c)
	}
	tag := language.English
	if l == words.French {
		tag = language.French
	}
	return display.Regions(tag).Name(region)
}

// nothing tells that nobody at all can be named.
func (f found) nothing() bool {
	return f.About != "nothing" && !f.Us && len(f.Teams)+len(f.Others)+len(f.Fallback) == 0
}

// why says for which reason a card is shown.
func why(ctx context.Context, c team.Card) string {
	return T(ctx, "finder.why."+string(c.Why), "network", strings.TrimPrefix(c.Network, "country:"))
}

func languages(l words.Lang, tags []string) string {
	namer := display.English.Languages()
	if l == words.French {
		namer = display.French.Languages()
	}
	var out []string
	for _, t := range tags {
		tag, err := language.Parse(t)
		if err != nil {
			continue
		}
		out = append(out, namer.Name(tag))
	}
	return strings.Join(out, ", ")
}

func memberships(ctx context.Context, list []team.Membership) string {
	var out []string
	for _, m := range list {
		out = append(out, T(ctx, "finder.member."+string(m)))
	}
	return strings.Join(out, ", ")
}

func patch(list []string) string { return strings.Join(list, ", ") }

// keyWord is the word for what is encrypted to.
func keyWord(m team.Mailbox) string {
	if m.Certificate {
		return "finder.card.certificate"
	}
	return "finder.card.key"
}

// fingerprint writes a fingerprint in groups of four, as people compare them.
func fingerprint(s string) string {
	var out []string
	for s = strings.ToUpper(s); len(s) > 4; s = s[4:] {
		out = append(out, s[:4])
	}
	return strings.Join(append(out, s), " ")
}

func mailURL(address string) templ.SafeURL { return templ.SafeURL("mailto:" + address) }

func telURL(number string) templ.SafeURL {
	return templ.SafeURL("tel:" + strings.Map(func(r rune) rune {
		if strings.ContainsRune("+0123456789", r) {
			return r
		}
		return -1
	}, number))
}

// noteam says why others are named too.
func noteam(f found) string {
	if len(f.Teams) > 0 {
		return "finder.beside"
	}
	return "finder.noteam"
}
