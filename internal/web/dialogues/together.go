package dialogues

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/several"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
)

// What the list calls giving dialogues to the reader and to somebody; beside these the moves go by their names.
const (
	take = "take"
	give = "assign"
)

// together does one thing with the dialogues that were chosen.
func (p *page) together(w http.ResponseWriter, r *shell.Request) error {
	moved, err := p.change(r, r.PostForm["id"])
	if err != nil {
		return err
	}
	return several.Show(p.Shell, w, r, several.Answer{
		Section: "incidents", Back: tabs.Path(r.PathValue("id"), tab), Done: r.T("dialogues.changed", "n", len(moved.Moved)), Moved: moved, Named: p.named(r),
	})
}

func (p *page) change(r *shell.Request, ids []string) (incident.Moved, error) {
	switch action := r.PostFormValue("action"); action {
	case take:
		return p.o.Incidents.AssignInvestigations(r.Context(), r.Actor, ids, r.Actor.ID)
	case give:
		return p.o.Incidents.AssignInvestigations(r.Context(), r.Actor, ids, r.PostFormValue("assignee"))
	default:
		return p.o.Incidents.MoveInvestigations(r.Context(), r.Actor, ids, incident.MoveName(action))
	}
}

// named says with whom a dialogue is that the reader sees.
func (p *page) named(r *shell.Request) func(string) (string, string) {
	return func(id string) (string, string) {
		v, err := p.o.Incidents.Investigation(r.Context(), r.Actor, id)
		if err != nil {
			return id, ""
		}
		return v.Ref + " " + v.Party.Name, "/investigations/" + url.PathEscape(v.ID)
	}
}

// actions are what can be done with several dialogues.
func actions(ctx context.Context, people map[string]string) []ui.Action {
	none := ui.Option{Text: T(ctx, "dialogues.nobody")}
	return []ui.Action{
		{Name: take, Text: T(ctx, "dialogues.take"), Icon: "user", Key: "t"},
		{Name: give, Text: T(ctx, "dialogues.give"), Icon: "users", Key: "a", Fields: ui.Select(ui.FieldProps{Name: "assignee", ID: "bulk-assignee", Label: T(ctx, "dialogues.assignee"), Options: append([]ui.Option{none}, ui.Accounts(people, "")...)})},
		{Name: string(incident.Resolve), Text: T(ctx, "dialogues.resolve"), Icon: "circle-check", Key: "e", Confirm: T(ctx, "dialogues.resolve.sure")},
		{Name: string(incident.Reopen), Text: T(ctx, "dialogues.reopen"), Icon: "arrow-back-up"},
	}
}

// holder is who has a dialogue in hand.
func holder(ctx context.Context, people map[string]string, account string) string {
	if account == "" {
		return T(ctx, "dialogues.nobody")
	}
	return ui.Who(people, account)
}

// table is the dialogues in short, to choose from.
func table(ctx context.Context, v listView) ui.TableProps {
	t := ui.TableProps{
		ID: "dialogues", Caption: T(ctx, "tabs.dialogues"), Count: ui.Count{None: true}, Act: tabs.Path(v.of.ID, tab) + "/several",
		Columns: []ui.Column{{Title: T(ctx, "dialogues.party"), Main: true}, {Title: T(ctx, "dialogues.turn")}, {Title: T(ctx, "dialogues.assignee")}, {Title: T(ctx, "dialogues.last")}},
	}
	if v.moves {
		t.Actions = actions(ctx, v.people)
	}
	for _, one := range v.list {
		t.Rows = append(t.Rows, ui.Row{ID: one.ID, Href: talkURL(one), Label: one.Ref, Cells: []templ.Component{
			ui.Text(one.Ref + " " + one.Party.Name), ui.State(T(ctx, turnWords[one.Turn()]), turnTones[one.Turn()]), ui.Text(holder(ctx, v.people, one.Assignee)), ui.Time(last(one).At),
		}})
	}
	return t
}
