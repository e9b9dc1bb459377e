package report

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/public"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// view is what stands in the layout.
type view struct {
	Title  string
	Team   string
	Lang   words.Lang
	Path   string
	Form   bool // the language is changed by the form with the id "f", so that nothing typed is lost
	Keep   bool // the browser may keep the page, for its Back
	Status int
	Body   templ.Component
}

// T is words.T for the templates.
var T = words.T

// layout puts a page into what stands around all public ones.
func layout(v view) templ.Component {
	return public.Around(public.Page{
		Title: v.Title, Team: v.Team, Lang: v.Lang, Language: templ.SafeURL(v.Path + "?lang=" + string(public.Other(v.Lang))), Form: v.Form, Body: v.Body,
		Links: []public.Link{{Key: "report.again", Href: Path}, {Key: "report.mailbox.link", Href: mailboxPath}},
	})
}

// wrongText says what is wrong with a field.
func wrongText(ctx context.Context, w wrong) string {
	return T(ctx, "report.wrong."+w.key, "n", w.most)
}

// target is where the summary of what is wrong leads to: of a radio its first choice.
func target(q question, w wrong) string {
	for _, f := range q.Step.fields {
		if f.name == w.field && f.kind == "radio" {
			return "#" + f.name + "-" + f.options[0]
		}
	}
	return "#" + w.field
}

// described names what says more about a field.
func described(ctx context.Context, q question, f field) string {
	var ids []string
	if helpOf(ctx, q, f) != "" {
		ids = append(ids, f.name+"-help")
	}
	if q.wrong(f.name) != nil {
		ids = append(ids, f.name+"-wrong")
	}
	return strings.Join(ids, " ")
}

// helpOf is a field's own help; "" if it has none.
func helpOf(ctx context.Context, q question, f field) string {
	key := "report.field." + f.name + ".help"
	if f.name == "email" && q.Answers.who() == "confidential" {
		key = "report.confidential.contact"
	}
	if !words.Has(key) {
		return ""
	}
	return T(ctx, key)
}

func stepHelp(ctx context.Context, s step) string {
	if key := "report.step." + s.name + ".help"; words.Has(key) {
		return T(ctx, key)
	}
	return ""
}

func choiceHelp(ctx context.Context, f field, option string) string {
	if key := "report.choice." + f.name + "." + option + ".help"; words.Has(key) {
		return T(ctx, key)
	}
	return ""
}

// said is an answer as the last page shows it.
func said(ctx context.Context, a *answers, f field) string {
	v := a.Values[f.name]
	switch {
	case f.kind == "check" && v == "":
		return T(ctx, "report.no")
	case v == "":
		return T(ctx, "report.nothing")
	case f.kind == "check":
		return T(ctx, "report.yes")
	case f.kind == "radio":
		return T(ctx, "report.choice."+f.name+"."+v)
	}
	return v
}

// asked are the questions that were asked of these answers.
func asked(a *answers) (list []step) {
	for _, s := range steps {
		if len(s.fields) > 0 && s.asked(a) {
			list = append(list, s)
		}
	}
	return list
}

// alone reports whether a question's only field is named by its title.
func alone(s step) bool { return len(s.fields) == 1 }

func size(ctx context.Context, n int64) string {
	return strconv.FormatInt(n>>20, 10) + " " + T(ctx, "report.mib")
}

func most(n int) string { return strconv.Itoa(n) }

// telURL leads to a call: the number's digits.
func telURL(number string) templ.SafeURL {
	return templ.SafeURL("tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number))
}

func mailURL(address string) templ.SafeURL { return templ.SafeURL("mailto:" + address) }

// codeGroups are the groups of a reply code, each of which is copied down by itself.
func codeGroups(code string) []string { return strings.Split(code, "-") }

// stateText says how far a report has come, as its reporter is told.
func stateText(ctx context.Context, s incident.State) string {
	return T(ctx, "report.state."+string(s))
}

func fileNames(m incident.Message) string {
	var list []string
	for _, f := range m.Files {
		list = append(list, f.Name)
	}
	return strings.Join(list, ", ")
}

// hour is when something was, as exactly as it is known: the mailbox knows hours.
func hour(ctx context.Context, m incident.Message) string {
	return m.At.In(ui.Of(ctx).Zone).Format("2006-01-02 15:04")
}

// rows is how high a field for text is.
func rows(f field) string {
	if f.most > mostAnswer {
		return "10"
	}
	return "4"
}

// attributes are what fields for text have in common. There is no maxlength: what is pasted would be cut without a word.
func attributes(ctx context.Context, q question, f field) templ.Attributes {
	out := describing(ctx, q, f)
	if f.complete != "" {
		out["autocomplete"] = f.complete
	}
	if q.wrong(f.name) != nil {
		out["aria-invalid"] = "true"
	}
	return out
}

// describing names what says more about a field, if anything does.
func describing(ctx context.Context, q question, f field) templ.Attributes {
	if d := described(ctx, q, f); d != "" {
		return templ.Attributes{"aria-describedby": d}
	}
	return templ.Attributes{}
}
