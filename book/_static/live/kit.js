/* What all live figures share. */
(function () {
  "use strict";
  var SVG = /^(svg|g|rect|circle|line|path|polyline|text)$/;
  window.RecTutorLive = window.RecTutorLive || {};

  /* An element of HTML or SVG with its attributes and what is in it. */
  window.RecTutorLive.element = function (name, settings) {
    var made = SVG.test(name)
      ? document.createElementNS("http://www.w3.org/2000/svg", name)
      : document.createElement(name);
    Object.keys(settings || {}).forEach(function (key) {
      made.setAttribute(key, settings[key]);
    });
    made.append.apply(made, Array.prototype.slice.call(arguments, 2));
    return made;
  };
})();
