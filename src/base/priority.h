// Which threads the kernel runs first where there isn't a processor for each.
#pragma once

namespace mnm {

// Of the calling thread alone, relative to how nice it is, which is for whoever starts the program
// to say. 1 to 19. That it can't have it changes nothing but time. Source: setpriority(2), Linux's
// per-thread nice values.
void be_nicer(int by);

}  // namespace mnm
