// Package jobs is the queue of work that must be done once, whoever does it. It lies in the state store, in the table job.
//
// A room posts a job in the transaction of the change that asks for it (Enqueue), and says at start how jobs of a kind are done (Queue.Handle).
// Any process that runs a Queue on the database claims what is due, does it and ends it. A job that fails waits, longer each time, and is dead
// after so many attempts: then it stays until a person lets it be tried again (Retry) or gives it up (Discard).
//
// What holds, and on what it rests:
//
//   - Nothing is lost: a job is there if and only if the change is that posted it, and goes only by being done or discarded.
//   - Two never hold one job. A claim repeats its predicate in the outer WHERE, so of two processes that chose the same row one gets it. Each
//     claim raises the row's epoch, and whatever a holder writes asks for its own.
//   - The work counts once, if Do calls Task.End in the transaction that makes it count: effect and end commit together, or neither does. With
//     Task.Fence alone the effect is kept from those who lost their lease, but a process that dies after that commit and before the end leaves
//     the job to another, who does it again: right for work in steps, or work that sees by itself that it was done.
//   - A process that dies leaves its jobs to others. A holder shows that it lives by raising the row's beat, three times a lease. Who has seen a
//     beat stand still for a whole lease, by its own steady clock, takes the job away. With Options.Alone what stands as running at the start
//     belongs to the dead, and is taken at once. Both count as an attempt: a job that kills its process is dead in the end too.
//   - No clock is trusted with that. Clocks that differ, or are set, move no lease. They move what is due at a time, and nothing else: a job
//     that is due at once is so by any clock. A due time that a wrong clock made far off is put right by Retry.
//   - One kind does not starve another: each has its own places (Kind.Concurrency). Within a kind those whose time has come go before those that
//     were due at once, each in their order.
//   - Stopping costs nothing. When Run is to end, it claims no more, ends the tasks' contexts, and hands back what did not get done, without
//     counting the attempt.
//   - What Do does is contained: a panic is an error with its stack in the log, errors are kept as one bounded line, progress is written at most
//     once a second.
//
// A post of another process is seen within a second, one of this process at once if Queue.Wake is called after its commit. A clock that the
// database keeps is not needed, nor anything of SQL that one engine lacks.
package jobs
