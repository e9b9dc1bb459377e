package main

import "testing"

// What needs the installation is done by the server that has it; else the command would wait for it to stop.
func TestWhatAProcessDoesByItself(t *testing.T) {
	for command, want := range map[string]bool{
		"version": true, "stix validate <file>": true, "stix pattern <pattern>": true, "verify <backup>": true, "playbook check <file>": true,
		"stix events": false, "stix events <query>": false, "events <query>": false, "configure": false, "sharing bundle <item>": false,
	} {
		if byItself(command) != want {
			t.Errorf("%s: %v", command, !want)
		}
	}
}
