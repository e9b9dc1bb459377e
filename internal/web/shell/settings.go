package shell

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

func status(n int) string { return strconv.Itoa(n) }

// toastText is a failure in one line or two.
func toastText(ctx context.Context, f failure) string {
	if f.Text != "" {
		return f.title(ctx) + ": " + f.Text
	}
	return f.title(ctx) + ". " + f.next(ctx) + " (" + f.ID + ")"
}

func themeOptions(ctx context.Context, chosen string) (out []ui.Option) {
	for _, t := range themes {
		out = append(out, ui.Option{Value: t, Text: text(ctx, "shell.theme."+t), Chosen: t == chosen})
	}
	return out
}

func langOptions(chosen words.Lang) (out []ui.Option) {
	for _, l := range words.Langs() {
		out = append(out, ui.Option{Value: string(l), Text: l.Name(), Chosen: l == chosen})
	}
	return out
}

func (s *Shell) settingsOf(r *Request, list []session.Session) settingsView {
	v := settingsView{Theme: r.Theme, Lang: r.Lang, Zone: s.o.Zone.String(), Version: s.o.Version}
	v.Sessions = ui.TableProps{
		ID: "sessions", Caption: r.T("shell.settings.sessions"), Count: ui.Count{None: true},
		Columns: []ui.Column{
			{Title: r.T("shell.settings.who"), Main: true},
			{Title: r.T("shell.settings.from")},
			{Title: r.T("shell.settings.browser"), Wide: true},
			{Title: r.T("shell.settings.began")},
			{Title: r.T("shell.settings.seen")},
			{Title: r.T("shell.settings.ends"), Wide: true},
			{Title: ""},
		},
		Empty: ui.Empty(r.T("shell.settings.nobody"), "", ui.Link{}),
	}
	for _, one := range list {
		v.Sessions.Rows = append(v.Sessions.Rows, ui.Row{Cells: []templ.Component{
			ui.Text(one.Name), ui.Code(one.Address), ui.Text(one.Agent), ui.Time(one.Began), ui.Time(one.Seen), ui.Due(one.Expires),
			endSessionButton(one.ID, one.Name),
		}})
	}
	return v
}
