package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// addItems adds what may be told of one thing: who has it, its label in time, what its reporter wants, and what is said to those who have it.
func (a *API) addItems() {
	add(a, operation{method: http.MethodGet, path: "/released/{id}", id: "get-released", tag: tagMessages, summary: "What may be told of a report, an incident or a finding, and who has it"}, a.released)
	add(a, operation{
		method: http.MethodGet, path: "/released/{id}/explain", id: "explain-released", tag: tagMessages, summary: "What would be decided about it for somebody, with each step",
		detail: "Nothing is recorded and nothing is sent. The label is the one in force; a profile says that only a redacted copy would go.",
	}, a.explainItem)
	add(a, operation{
		method: http.MethodPut, path: "/released/{id}/schedule", id: "put-release-schedule", tag: tagMessages, summary: "Record what a source agreed about its label in time",
		detail: "Steps to wider labels, an embargo, a review. Only the source may relax its label: say who of them agreed.",
	}, a.relax)
	add(a, operation{method: http.MethodPut, path: "/released/{id}/wish", id: "put-release-wish", tag: tagMessages, summary: "Record whom a reporter lets be told, and what keeps it in"}, a.wish)
	add(a, operation{method: http.MethodPost, path: "/released/{id}/ask-source", id: "ask-release-source", tag: tagMessages, summary: "Write to the source for a wider label"}, a.askSource)
	add(a, operation{
		method: http.MethodPost, path: "/released/{id}/correct", id: "correct-released", tag: tagMessages, summary: "Correct or recall: write to exactly those who have it",
	}, a.correctItem)
	add(a, operation{
		method: http.MethodPost, path: "/releases/{id}/acknowledge", id: "acknowledge-release", tag: tagMessages, summary: "Note that somebody said that they have it", status: http.StatusNoContent,
	}, func(ctx context.Context, actor identity.Actor, in *acknowledgeInput) (*none, error) {
		return done(a.Release.Acknowledge(ctx, actor, in.ID, in.Body.Address, in.Body.Via))
	})
}

type explainInput struct {
	ByID
	To string `query:"to" required:"true" maxLength:"200" doc:"An organisation or a sharing group by its name, a contact by its address, or public."`
}

// explainItem says what somebody would be told, as if a person wrote to them.
func (a *API) explainItem(ctx context.Context, actor identity.Actor, in *explainInput) (*body[Explained], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	to, err := a.RecipientOf(ctx, actor, in.To)
	if err != nil {
		return nil, err
	}
	if item.Kind != "findings" && to.As != release.Public {
		to.Chosen = actor.ID
	}
	d, err := a.Release.Explain(ctx, actor, item, to)
	return given(explainedOf(d), err)
}

type (
	// StageBody is a label from a moment on.
	StageBody struct {
		At    time.Time `json:"at"`
		Label string    `json:"label" maxLength:"20" example:"TLP:GREEN"`
	}
	// ScheduleBody is what a source agreed about its label in time.
	ScheduleBody struct {
		Stages  []StageBody `json:"stages" maxItems:"10" nullable:"false"`
		Embargo *time.Time  `json:"embargo,omitempty" doc:"Before which nothing leaves."`
		Review  *time.Time  `json:"review,omitempty" doc:"When the team is reminded to look at it again."`
		Word    string      `json:"word,omitempty" maxLength:"500" doc:"Who of the source agreed, how and when. It may be left out only for what we ourselves labelled."`
		Version int64       `json:"version" doc:"Of the schedule that was looked at; 0 for none."`
	}
	scheduleInput struct {
		ByID
		Body ScheduleBody
	}
	// WishBody is what a reporter wants.
	WishBody struct {
		Consent []string          `json:"consent" nullable:"false" maxItems:"4" doc:"Of police, peers, vendor, provider. Of a report alone."`
		Marks   []string          `json:"marks" nullable:"false" maxItems:"2" doc:"Of privileged, exempt."`
		PAP     string            `json:"pap,omitempty" maxLength:"20" doc:"What may be done with it, a label of PAP; none leaves what was recorded." example:"PAP:AMBER"`
		IEP     map[string]string `json:"iep,omitempty" doc:"What else its source lets be done: statements of FIRST's IEP 2.0; an empty object says that there is none, and no object leaves what was recorded."`
		Word    string            `json:"word" maxLength:"500" doc:"Who said so, how and when."`
		Version int64             `json:"version" doc:"Of what was recorded before; 0 for nothing."`
	}
	wishInput struct {
		ByID
		Body WishBody
	}
	askSourceInput struct {
		ByID
		Body struct {
			Label string `json:"label" maxLength:"20" doc:"That is asked for." example:"TLP:AMBER"`
			Words string `json:"words" minLength:"1" maxLength:"8000"`
		}
	}
	recallInput struct {
		ByID
		Body struct {
			Words  string `json:"words" minLength:"1" maxLength:"8000"`
			Recall bool   `json:"recall,omitempty" doc:"It must not be used any more, and is to be deleted."`
		}
	}
	acknowledgeInput struct {
		ByID
		Body struct {
			Address string `json:"address,omitempty" maxLength:"1000" doc:"Of the copy; none for one that was fetched."`
			Via     string `json:"via" enum:"mail,phone,portal,api,taxii"`
		}
	}
)

// CopyBody is what one recipient has.
type CopyBody struct {
	Decision     string     `json:"decision"`
	Delivery     string     `json:"delivery,omitempty"`
	Organisation string     `json:"organisation,omitempty"`
	Name         string     `json:"name,omitempty"`
	Address      string     `json:"address,omitempty"`
	Audience     string     `json:"audience"`
	Label        string     `json:"label"`
	Profile      string     `json:"profile,omitempty"`
	Via          string     `json:"via"`
	Reached      bool       `json:"reached"`
	Sent         time.Time  `json:"sent"`
	Delivered    *time.Time `json:"delivered,omitempty"`
	Opened       *time.Time `json:"opened,omitempty"`
	Acknowledged *time.Time `json:"acknowledged,omitempty"`
	Told         *time.Time `json:"told,omitempty" doc:"That its label has stepped down."`
	Corrected    *time.Time `json:"corrected,omitempty"`
	Recalled     *time.Time `json:"recalled,omitempty"`
}

// ReachedBody is what became of one who has a copy.
type ReachedBody struct {
	CopyBody
	Letter string `json:"letter,omitempty" doc:"The message that tells them."`
	Why    string `json:"why,omitempty" doc:"Why they have to be told another way."`
}

// ReleasedBody is what may be told of one thing.
type ReleasedBody struct {
	Kind      string            `json:"kind"`
	ID        string            `json:"id"`
	Label     string            `json:"label"`
	Effective string            `json:"effective" doc:"The label in force, by its schedule."`
	Consent   []string          `json:"consent" nullable:"false" doc:"Whom its reporter lets be told."`
	Marks     []string          `json:"marks" nullable:"false"`
	PAP       string            `json:"pap" doc:"What may be done with it."`
	IEP       map[string]string `json:"iep" doc:"What else its source lets be done: statements of IEP 2.0."`
	Wish      int64             `json:"wish_version" doc:"Of what a person recorded; 0 for nothing."`
	Schedule  ScheduleBody      `json:"schedule"`
	Copies    []CopyBody        `json:"copies" nullable:"false"`
}

func (a *API) released(ctx context.Context, actor identity.Actor, in *ByID) (*body[ReleasedBody], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	return a.releasedItem(ctx, actor, item)
}

func (a *API) releasedItem(ctx context.Context, actor identity.Actor, item release.Item) (*body[ReleasedBody], error) {
	wish, item, err := a.Release.Wish(ctx, actor, item)
	if err != nil {
		return nil, err
	}
	schedule, err := a.Release.ScheduleOf(ctx, actor, item)
	if err != nil {
		return nil, err
	}
	label, _, err := a.Release.Effective(ctx, actor, item)
	if err != nil {
		return nil, err
	}
	out := ReleasedBody{
		Kind: item.Kind, ID: item.ID, Label: item.Terms.Label.String(), Effective: label.String(), Consent: item.Consent.Names(), Marks: item.Marks.Names(),
		PAP: item.PAP.String(), IEP: item.Terms.IEP.Statements(), Wish: wish.Version, Schedule: scheduleBodyOf(schedule), Copies: []CopyBody{},
	}
	copies, err := a.Release.Holders(ctx, actor, item.Kind, item.ID)
	for _, c := range copies {
		out.Copies = append(out.Copies, copyBodyOf(c))
	}
	return given(out, err)
}

func scheduleBodyOf(s release.Schedule) ScheduleBody {
	out := ScheduleBody{Stages: []StageBody{}, Embargo: instant(s.Embargo), Review: instant(s.Review), Word: s.Word, Version: s.Version}
	for _, g := range s.Stages {
		out.Stages = append(out.Stages, StageBody{At: g.At, Label: g.Label.String()})
	}
	return out
}

func copyBodyOf(c release.Copy) CopyBody {
	return CopyBody{
		Decision: c.Decision, Delivery: c.Delivery, Organisation: c.Organisation, Name: c.Name, Address: c.Address, Audience: string(c.To), Label: c.Label.String(),
		Profile: c.Profile, Via: c.Via, Reached: c.Reached, Sent: c.Sent, Delivered: instant(c.Delivered), Opened: instant(c.Opened), Acknowledged: instant(c.Acknowledged),
		Told: instant(c.Told), Corrected: instant(c.Corrected), Recalled: instant(c.Recalled),
	}
}

func (a *API) relax(ctx context.Context, actor identity.Actor, in *scheduleInput) (*body[ReleasedBody], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	r := release.Relaxation{Item: item, Word: b.Word, Version: b.Version}
	for _, g := range b.Stages {
		label, err := tlp.Parse(g.Label)
		if err != nil {
			return nil, err
		}
		r.Stages = append(r.Stages, release.Stage{At: g.At, Label: label})
	}
	if b.Embargo != nil {
		r.Embargo = *b.Embargo
	}
	if b.Review != nil {
		r.Review = *b.Review
	}
	if _, err := a.Release.Relax(ctx, actor, r); err != nil {
		return nil, err
	}
	return a.releasedItem(ctx, actor, item)
}

func (a *API) wish(ctx context.Context, actor identity.Actor, in *wishInput) (*body[ReleasedBody], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	w := release.Wish{Word: in.Body.Word, Version: in.Body.Version}
	if w.Consent, err = release.ParseConsents(in.Body.Consent); err != nil {
		return nil, err
	}
	if w.Marks, err = release.ParseMarks(in.Body.Marks); err != nil {
		return nil, err
	}
	if err := in.Body.permits(&w); err != nil {
		return nil, err
	}
	if _, err := a.Release.Record(ctx, actor, item, w); err != nil {
		return nil, err
	}
	return a.released(ctx, actor, &in.ByID)
}

// permits reads what may be done into a wish.
func (b WishBody) permits(w *release.Wish) error {
	if b.PAP != "" {
		pap, err := tlp.ParsePAP(b.PAP)
		if err != nil {
			return err
		}
		w.PAP = &pap
	}
	if b.IEP == nil {
		return nil
	}
	policy, err := iep.Parse(b.IEP)
	w.IEP = cmp.Or(policy, &release.IEP{})
	return err
}

func (a *API) askSource(ctx context.Context, actor identity.Actor, in *askSourceInput) (*body[ReachedBody], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	label, err := tlp.Parse(in.Body.Label)
	if err != nil {
		return nil, err
	}
	letter, err := a.Release.AskSource(ctx, actor, item, label, in.Body.Words)
	return given(ReachedBody{Letter: letter}, err)
}

func (a *API) correctItem(ctx context.Context, actor identity.Actor, in *recallInput) (*all[ReachedBody], error) {
	item, err := a.Release.ItemOf(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := a.Release.Correct(ctx, actor, release.Correction{Item: item, Words: in.Body.Words, Recall: in.Body.Recall})
	var out []ReachedBody
	for _, r := range list {
		out = append(out, ReachedBody{CopyBody: copyBodyOf(r.Copy), Letter: r.Letter, Why: r.Why})
	}
	return whole(out), err
}

// PlaceBody is where a copy names somebody.
type PlaceBody struct {
	Steps []string `json:"steps" nullable:"false" doc:"From the outside to the inside, by code: subject, header, text, line, attachment, name, member, row, path, attribute, encoded, document."`
	Where string   `json:"where" doc:"The same in words."`
	Kind  string   `json:"kind"`
	Role  string   `json:"role,omitempty" doc:"Whose name it is."`
	Name  string   `json:"name,omitempty"`
	Found string   `json:"found,omitempty" doc:"As it stands there."`
}

// StoppedBody is a copy that named somebody.
type StoppedBody struct {
	ID           string      `json:"id"`
	Kind         string      `json:"kind" doc:"Of what it is about."`
	Item         string      `json:"item"`
	Organisation string      `json:"organisation,omitempty"`
	Audience     string      `json:"audience"`
	State        string      `json:"state" doc:"stopped, asked, approved or refused"`
	By           string      `json:"by"`
	Found        time.Time   `json:"found"`
	Asked        string      `json:"asked_by,omitempty"`
	For          string      `json:"asked_for,omitempty"`
	Seconder     string      `json:"seconder,omitempty"`
	SecondedFor  string      `json:"seconded_for,omitempty"`
	Places       []PlaceBody `json:"places" nullable:"false"`
}

// addStopped adds copies that named somebody, and a second person's word about them.
func (a *API) addStopped() {
	add(a, operation{method: http.MethodGet, path: "/stopped-copies", id: "list-stopped-copies", tag: tagMessages, summary: "Copies that were stopped because they name somebody"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[StoppedBody], error) {
			list, err := a.Release.StoppedCopies(ctx, actor)
			var out []StoppedBody
			for _, c := range list {
				out = append(out, stoppedBodyOf(c))
			}
			return whole(out), err
		})
	for _, move := range []struct {
		name, summary string
		do            func(ctx context.Context, actor identity.Actor, id, reason string) error
	}{
		{"ask", "Ask a second person to let a stopped copy go", a.Release.AskLeak},
		{"approve", "Let exactly a stopped copy go", func(ctx context.Context, actor identity.Actor, id, reason string) error {
			return a.Release.SettleLeak(ctx, actor, id, true, reason)
		}},
		{"refuse", "Keep a stopped copy back", func(ctx context.Context, actor identity.Actor, id, reason string) error {
			return a.Release.SettleLeak(ctx, actor, id, false, reason)
		}},
	} {
		add(a, operation{
			method: http.MethodPost, path: "/stopped-copies/{id}/" + move.name, id: move.name + "-stopped-copy", tag: tagMessages, summary: move.summary, status: http.StatusNoContent,
		}, func(ctx context.Context, actor identity.Actor, in *reasonInput) (*none, error) {
			return done(move.do(ctx, actor, in.ID, in.Body.Reason))
		})
	}
}

func stoppedBodyOf(c release.StoppedCopy) StoppedBody {
	out := StoppedBody{
		ID: c.ID, Kind: c.Kind, Item: c.Item, Organisation: c.Organisation, Audience: string(c.To), State: string(c.State), By: c.FoundBy, Found: c.Found,
		Asked: c.AskedBy, For: c.For, Seconder: c.Seconder, SecondedFor: c.SecondedFor, Places: []PlaceBody{},
	}
	for _, l := range c.Places {
		p := PlaceBody{Steps: []string{}, Where: l.Place.String(), Kind: string(l.Kind), Role: string(l.Role), Name: l.Name, Found: l.Found}
		for _, s := range l.Place {
			p.Steps = append(p.Steps, s.Code)
		}
		out.Places = append(out.Places, p)
	}
	return out
}
