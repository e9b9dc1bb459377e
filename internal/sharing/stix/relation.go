package stix

import "github.com/go-json-experiment/json/jsontext"

// Relationship says how one object relates to another (section 5.1).
type Relationship struct {
	Head
	Kind        string `json:"relationship_type"`
	Description string `json:"description,omitzero"`
	Source      string `json:"source_ref"`
	Target      string `json:"target_ref"`
	Start       Time   `json:"start_time,omitzero"`
	Stop        Time   `json:"stop_time,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Relationship) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Sighting says that something was seen (section 5.2).
type Sighting struct {
	Head
	Description  string   `json:"description,omitzero"`
	FirstSeen    Time     `json:"first_seen,omitzero"`
	LastSeen     Time     `json:"last_seen,omitzero"`
	Count        *int64   `json:"count,omitzero"`
	Of           string   `json:"sighting_of_ref"`
	ObservedData []string `json:"observed_data_refs,omitempty"`
	Where        []string `json:"where_sighted_refs,omitempty"`
	Summary      bool     `json:"summary,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Sighting) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// MarkingDefinition says what may be done with the objects that name it (section 7.2.1).
type MarkingDefinition struct {
	Head
	Name           string         `json:"name,omitzero"`
	DefinitionType string         `json:"definition_type,omitzero"`
	Definition     jsontext.Value `json:"definition,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *MarkingDefinition) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// ExtensionDefinition says what an extension holds (section 7.3).
type ExtensionDefinition struct {
	Head
	Name        string   `json:"name"`
	Description string   `json:"description,omitzero"`
	Schema      string   `json:"schema"`
	Version     string   `json:"version"`
	Types       []string `json:"extension_types"`
	Properties  []string `json:"extension_properties,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *ExtensionDefinition) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// LanguageContent holds translations of another object (section 7.1).
type LanguageContent struct {
	Head
	Object         string                    `json:"object_ref"`
	ObjectModified Time                      `json:"object_modified,omitzero"`
	Contents       map[string]jsontext.Value `json:"contents"`
	Tail
}

// Common gives the common properties.
func (o *LanguageContent) Common() (*Head, *Tail) { return &o.Head, &o.Tail }
