// Package playbook holds what is to be done about an incident: playbooks, which say it beforehand, and tasks, which people do.
//
// A playbook is a text with a version: a front part in YAML (its steps: who, by when, after which others, on which answer) and the steps' texts in
// Markdown, in English and French. Some come with the program, a team adds its own from a folder. Starting one on an incident makes a task of each
// step; the run keeps the text that it was started with, so a later version changes nothing until a person says so, having seen the difference.
//
// A task is open, being done, done, or not needed (with a reason). Its moves are a table. A step that needs others waits for them; a question, answered
// yes or no, opens the steps that hang on the answer. What people write in tasks is sealed by the incident; ids, states and times are not.
package playbook

import (
	"github.com/firehall/firehall/internal/identity"
)

// The operations.
const (
	OpBooks  identity.Operation = "playbook.read"
	OpStart  identity.Operation = "playbook.start"
	OpRead   identity.Operation = "task.read"
	OpChange identity.Operation = "task.change"
)

// Name is what the incident calls this part.
const Name = "task"
