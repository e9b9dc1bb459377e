package config

// Playbooks is the section [playbooks].
type Playbooks struct {
	Dir string `key:"dir" default:"" doc:"A folder with playbooks of your own, each a file *.md; one with the id of a shipped playbook takes its place. They are read at the start; firehall playbook check FILE says beforehand what is wrong. Empty: none."`
}
