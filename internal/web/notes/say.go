package notes

import (
	"context"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/ui"
)

// Area is a text that is kept while it is typed. It stands in a form of its own, whose field "version" says which text it changes.
type Area struct {
	About, Field string         // whose draft it is: the id of a report or an incident, and "note" or what else has drafts
	Draft        incident.Typed // what was typed before; used where Props has no value of its own
	Props        ui.FieldProps  // of the text area; its name is "text"
}

// value is what the area shows at first: what was refused, what was typed before, or what is kept.
func (a Area) value(typed, stands string) (text string, restored bool) {
	switch {
	case typed != "":
		return typed, false
	case !a.Draft.Saved.IsZero() && a.Draft.Text != stands:
		return a.Draft.Text, true
	}
	return stands, false
}

// newArea makes the area of a text: typed is what was refused, stands what is kept.
func newArea(about, field string, d incident.Typed, typed, stands string, props ui.FieldProps) (Area, bool) {
	a := Area{About: about, Field: field, Draft: d, Props: props}
	text, restored := a.value(typed, stands)
	a.Props.Name, a.Props.Kind, a.Props.Value = "text", "textarea", text
	if a.Props.ID == "" {
		a.Props.ID = "area-" + field
	}
	return a, restored
}

// NewArea makes the area of a new text.
func NewArea(about, field string, drafts map[string]incident.Typed, typed string, props ui.FieldProps) Area {
	a, _ := newArea(about, field, drafts[field], typed, "", props)
	return a
}

// lines are the notes as a timeline shows them.
func (b book) lines(ctx context.Context) (out []ui.Entry) {
	for _, n := range b.notes {
		out = append(out, ui.Entry{At: n.Created, Who: ui.Who(b.people, n.By), What: T(ctx, "notes.by"), Icon: "notes", Tone: ui.Quiet, Body: noteBody(b, n)})
	}
	return out
}

// draftVersion is the version that the form of a note changes: that of the draft which it shows, so that what others changed since is not lost.
func draftVersion(d incident.Typed, n incident.Note) int64 {
	if !d.Saved.IsZero() && d.Text != n.Text && d.Version > 0 {
		return d.Version
	}
	return n.Version
}

func editArea(ctx context.Context, b book, n incident.Note) Area {
	field := "note/" + n.ID
	a, _ := newArea(b.of.ID, field, b.drafts[field], "", n.Text, ui.FieldProps{
		ID: "note-" + n.ID, Label: T(ctx, "notes.text"), Help: T(ctx, "notes.markdown"), Rows: 6, Limit: 100000, Required: true,
	})
	return a
}
