package organisations

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// List is the page of the list.
type List struct {
	Query desk.OrganisationQuery
	desk.Organisations
	Fault string
	URL   url.Values // of the filter, without sort and cursor
}

// rows is how many organisations a page shows.
const rows = 50

// list answers with the list.
func (p *pages) list(w http.ResponseWriter, r *shell.Request) error {
	l := List{URL: url.Values{}}
	q, err := queryOf(r.URL.Query())
	l.Query = q
	for _, name := range []string{"q", "kind", "sector", "country", "criticality", "trouble"} {
		if v := r.URL.Query().Get(name); v != "" {
			l.URL.Set(name, v)
		}
	}
	if err == nil {
		l.Organisations, err = p.o.Desk.Organisations(r.Context(), r.Actor, q)
	}
	status := 0
	if problem.Is(err, problem.Invalid) {
		l.Fault, status = err.Error(), http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("organisations.title"), Section: "organisations", Body: listPage(l), Status: status})
}

// queryOf reads what is asked for; all that can be read is, whatever cannot.
func queryOf(v url.Values) (q desk.OrganisationQuery, err error) {
	q.Text, q.Sort, q.After, q.Limit = v.Get("q"), v.Get("sort"), page.Cursor(v.Get("after")), rows
	if n, err := strconv.Atoi(v.Get("rows")); err == nil && n > 0 {
		q.Limit = n
	}
	q.Kind, err = parsed(err, v.Get("kind"), constituency.ParseKind)
	q.Sector, err = parsed(err, v.Get("sector"), constituency.ParseSector)
	q.Country, err = parsed(err, v.Get("country"), constituency.ParseCountry)
	q.Criticality, err = parsed(err, v.Get("criticality"), constituency.ParseCriticality)
	q.Trouble, err = parsed(err, v.Get("trouble"), constituency.ParseTrouble)
	return q, err
}

// parsed reads a choice; "" is none. Errors add up.
func parsed[T ~string](before error, text string, parse func(string) (T, error)) (T, error) {
	if text == "" {
		return "", before
	}
	v, err := parse(text)
	if err != nil {
		return "", errors.Join(before, err)
	}
	return v, before
}

// narrowed is the list with one choice made, or taken back.
func narrowed(l List, name, value string) string {
	v := url.Values{}
	for key, values := range l.URL {
		v[key] = values
	}
	if v.Get(name) == value {
		v.Del(name)
	} else {
		v.Set(name, value)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// export answers with the list as CSV or JSON.
func (p *pages) export(w http.ResponseWriter, r *shell.Request) error {
	q, err := queryOf(r.URL.Query())
	if err != nil {
		return err
	}
	q.After, q.Limit = "", page.MaxLimit
	all := []desk.OrganisationView{}
	for {
		found, err := p.o.Desk.Organisations(r.Context(), r.Actor, q)
		if err != nil {
			return err
		}
		all = append(all, found.Items...)
		if q.After = found.Next; q.After == "" {
			break
		}
	}
	switch r.URL.Query().Get("format") {
	case "json":
		attach(w, "application/json", "organisations.json")
		return json.NewEncoder(w).Encode(all)
	case "csv", "":
		attach(w, "text/csv; charset=utf-8", "organisations.csv")
		return writeCSV(w, all)
	}
	return problem.New(problem.Invalid, "organisations are exported as csv or json")
}

func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func writeCSV(w http.ResponseWriter, all []desk.OrganisationView) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{"id", "name", "kind", "sector", "country", "criticality", "parent", "networks", "contacts", "contacts_bad", "findings"})
	for _, o := range all {
		line := []string{
			o.ID, o.Name, o.Kind, o.Sector, o.Country, o.Criticality, o.Parent, strconv.Itoa(o.Networks), strconv.Itoa(o.Contacts), strconv.Itoa(o.Bad),
			strconv.FormatInt(o.Findings, 10),
		}
		for i := range line {
			line[i] = harmless(line[i])
		}
		_ = c.Write(line)
	}
	c.Flush()
	return nil // the reader may have left
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// register answers with the whole register as a file that can be imported again.
func (p *pages) register(w http.ResponseWriter, r *shell.Request) error {
	format, err := constituency.ParseFormat(r.URL.Query().Get("format"))
	if err != nil {
		return err
	}
	out := &late{w: w, format: format}
	_, err = p.o.Register.Export(r.Context(), r.Actor, out, format)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
	}
	return err
}

// late writes its headers with the first bytes, so that an error before them becomes a page.
type late struct {
	w      http.ResponseWriter
	format constituency.Format
	begun  bool
}

func (l *late) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		attach(l.w, map[constituency.Format]string{constituency.CSV: "text/csv; charset=utf-8", constituency.YAML: "application/yaml"}[l.format], "register."+string(l.format))
	}
	return l.w.Write(b)
}

// find answers the palette: organisations by name.
func (p *pages) find(ctx context.Context, r *shell.Request, q string) ([]shell.Hit, error) {
	const least, most = 2, 5
	if len(q) < least {
		return nil, nil
	}
	found, err := p.o.Desk.Organisations(ctx, r.Actor, desk.OrganisationQuery{Filter: constituency.Filter{Text: q}, Request: page.Request{Limit: most}})
	var hits []shell.Hit
	for _, o := range found.Items {
		hits = append(hits, shell.Hit{Text: o.Name, Note: word(ctx, kindWords, o.Kind), Href: oneURL(o.ID), Icon: "building", Kind: r.T("organisations.one.kind")})
	}
	return hits, err
}

// contactsState says in a word how an organisation can be reached.
func contactsState(ctx context.Context, o desk.OrganisationView) (string, ui.Tone) {
	switch {
	case o.Contacts == 0:
		return T(ctx, "organisations.trouble.none"), ui.Bad
	case o.Bad == o.Contacts:
		return T(ctx, "organisations.reach.broken"), ui.Bad
	case o.Bad > 0:
		return T(ctx, "organisations.trouble.bad"), ui.Warn
	case o.EndedKeys > 0:
		return T(ctx, "organisations.trouble.key"), ui.Warn
	case o.Doubtful > 0:
		return T(ctx, "organisations.trouble.doubtful"), ui.Warn
	case o.Good > 0:
		return T(ctx, "organisations.reach.good"), ui.Good
	}
	return T(ctx, "organisations.reach.untried"), ui.Quiet
}
