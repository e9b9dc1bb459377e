package app

import (
	"github.com/firehall/firehall/internal/incident/lesson"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/web"
	"github.com/firehall/firehall/internal/web/dialogues"
	"github.com/firehall/firehall/internal/web/lessons"
	pages "github.com/firehall/firehall/internal/web/liaison"
	"github.com/firehall/firehall/internal/web/notes"
	"github.com/firehall/firehall/internal/web/timeline"
)

// dialogueOptions says what the pages ask that tell of an incident and of whom it has to do with: the timeline, the notes, the correspondence, the lessons
// and the liaison.
func (a *App) dialogueOptions(o *web.Options) {
	o.Timeline = timeline.Options{Incidents: a.Incidents, People: a.peopleNames, Stage: a.stageName}
	o.Notes = notes.Options{Incidents: a.Incidents, People: a.peopleNames}
	o.Dialogues = dialogues.Options{
		Incidents: a.Incidents, Delivery: a.Delivery, People: a.peopleNames, Names: a.Register.Names, Contacts: a.Register.Contacts, Team: a.Config.Team.Name,
	}
	o.Overview.Slots = append(o.Overview.Slots, dialogues.Waiting(o.Dialogues))
	o.Lessons = lessons.Options{Lessons: lesson.New(lesson.Options{DB: a.DB, Clock: a.Clock, Incidents: a.Incidents}), People: a.peopleNames}
	o.Liaison = pages.Options{Liaison: liaison.New(a.Incidents), People: a.peopleNames}
}
